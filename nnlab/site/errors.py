"""What can go wrong while pages are written."""

__all__ = ["SiteError"]


class SiteError(Exception):
    """The pages cannot be written; the message is one sentence for the reader."""
