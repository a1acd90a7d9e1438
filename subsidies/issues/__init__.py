"""The report as it was given out: numbered issues with frozen figures and rows, their prose, and its template."""
