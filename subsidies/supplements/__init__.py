"""Money that is still owed (补发): a correction upwards after payment, reserved by two people and paid like any other."""
