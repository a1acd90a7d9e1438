"""Whose wallet it is: the operator is asked before money is ordered, and the owner is told when a payee was changed."""
