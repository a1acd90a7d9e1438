"""What holds for every page, a file each, in the order of `settings.MIDDLEWARE`."""
