"""The control page of the simulated environment: plain HTML, a small script, no build step."""
