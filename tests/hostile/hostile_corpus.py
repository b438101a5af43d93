"""All entries of the corpus."""

from __future__ import annotations

import corpus_copied
import corpus_files
import corpus_frames
import corpus_honest
import corpus_kernel
import corpus_network
import corpus_notebook
import corpus_process
import corpus_protocol
import corpus_values
from hostile_entry import Entry

FAMILIES: dict[str, list[Entry]] = {
    "honest": corpus_honest.ENTRIES,
    "notebook": corpus_notebook.ENTRIES,
    "copied": corpus_copied.ENTRIES,
    "kernel": corpus_kernel.ENTRIES,
    "frames": corpus_frames.ENTRIES,
    "values": corpus_values.ENTRIES,
    "protocol": corpus_protocol.ENTRIES,
    "files": corpus_files.ENTRIES,
    "network": corpus_network.ENTRIES,
    "process": corpus_process.ENTRIES,
}

ENTRIES: list[Entry] = [entry for family in FAMILIES.values() for entry in family]
