"""Lists taken away as tables: asked for, written in the background, kept sealed."""
