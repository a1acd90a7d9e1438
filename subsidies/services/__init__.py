"""The verbs of the programme. Each is one transaction; tasks, views, commands and imports call them and add no rule."""
