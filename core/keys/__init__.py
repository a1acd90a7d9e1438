"""Where keys come from, and that they are the right ones: keys never rest in the database, only what recognises them."""
