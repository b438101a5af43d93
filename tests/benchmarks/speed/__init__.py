"""The parts of ``training_speed.py``: tasks, contenders, goals, timing and the README's table."""
