"""One page that shows the outside world and drives it. Plain HTML, a little script, no build."""
