"""The course as web pages: one file for each lesson, without a server, a kernel or a network.

``nnlab site --out DIR`` calls `nnlab.site.export.export_site`. The modules ``maths`` and ``body``
know nothing of pages or folders, so that other exports can use them; importing them loads no
Matplotlib.
"""
