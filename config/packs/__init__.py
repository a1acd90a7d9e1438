"""District packs: loaded, run to the end, written out."""
