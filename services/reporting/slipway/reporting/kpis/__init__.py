"""Eight figures, each a pure formula over counts; `scorecard` computes them all for a window.

`figure` says what a figure is and when it is met, missed, thin, or not enough data.
"""
