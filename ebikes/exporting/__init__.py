"""What leaves the admin as a table: asked for, written in the background, kept sealed, downloaded, removed."""
