"""The one way in: read → validate every row → preview → confirm. The admin, the portal and the command line all use it."""
