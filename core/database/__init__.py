"""Who the database knows: the owner, the application, the auditor; and how this process becomes the owner."""
