"""What was done to make the scheme known: posters, cards, posts, films, screens."""
