"""What a person decides: holds, signals, work lists, cases."""
