"""The merchants' side: everything that a shop does at its counter. A merchant sees and touches only its own."""
