"""The parts of ``live_latency.py``: the notebook, the stop-watch in the page, and the table."""
