"""Real servers from wheels, for a machine that has none: only `config.servers` knows them."""
