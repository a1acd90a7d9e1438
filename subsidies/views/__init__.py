"""The pages: public, for merchants, and for the files that both merchants and staff send in."""
