"""The heads of both chains, signed each day and laid where the database's owner cannot write."""
