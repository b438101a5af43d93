"""Lessons as slides: one HTML file each that needs neither a network nor a kernel."""
