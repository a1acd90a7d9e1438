"""What a local machine runs beside the site: workers, the outside systems' stub, scratch databases."""
