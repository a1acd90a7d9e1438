"""People, phones, wallets and shops that wait for enforcement: what matches them is held, with the reason."""
