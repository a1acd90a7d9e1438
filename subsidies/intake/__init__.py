"""Trade-ins coming in: the counter's drafts, files confirmed."""
