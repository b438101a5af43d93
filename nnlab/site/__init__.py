"""The course as web pages: one file for each lesson, without a server, a kernel or a network.

``nnlab site --out DIR`` calls `export_site`. The modules ``maths`` and ``body`` know nothing of
pages or folders, so that other exports can use them.
"""

from nnlab.site.errors import SiteError
from nnlab.site.export import Site, export_site

__all__ = ["Site", "SiteError", "export_site"]
