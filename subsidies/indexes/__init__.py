"""The blind indexes of all tables, computed anew when their key changes."""
