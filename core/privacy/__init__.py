"""Personal data: sealed at rest, masked on screens, photos stripped of where they were taken."""
