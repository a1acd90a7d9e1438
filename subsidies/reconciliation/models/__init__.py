"""What it keeps."""
