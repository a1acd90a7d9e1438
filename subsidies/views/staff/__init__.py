"""The pages of the regulator's staff beside the admin's own."""
