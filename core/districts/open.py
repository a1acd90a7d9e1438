"""Tables without a policy: whoever the application is, it sees all of their rows. Each with the reason why it may.

A table that is neither here nor has a policy fails `tests/core/districts/test_seen.py`.
"""

OPEN = {
    # who logs in is found by what only that person has, before anybody reads
    "core_session": "looked up by the digest of a random key",
    "core_knowndevice": "looked up by the digest of a random token",
    "core_secondfactor": "sealed; shown to its person alone",
    "core_passkey": "sealed; shown to its person alone",
    "core_recoverycode": "keyed digests",
    "core_passwordhistory": "hashes; compared with the person's own password",
    "core_throttle": "keyed digests and times",
    "core_user_groups": "numbers of accounts, whose rows have a policy",
    "core_user_user_permissions": "numbers of accounts, whose rows have a policy",
    # what the code writes, the same everywhere
    "auth_group": "the roles",
    "auth_group_permissions": "the roles",
    "auth_permission": "the roles",
    "django_content_type": "the names of tables",
    "django_migrations": "the names of migrations",
    "django_admin_log": "nothing writes it: the audit trail is our own",
    "core_district": "the districts' names",
    # the machinery of the whole installation, without people or claims
    "core_processkey": "the application has no right to it",
    "core_knownkey": "fingerprints of keys",
    "core_decisionmark": "keyed digests over decisions, which nobody reads without the keys",
    "core_auditseal": "hashes over the trail",
    "core_workerheartbeat": "which workers are up",
    "ebikes_licensinghealth": "which outside systems answer",
    "subsidies_bookseal": "hashes over the books",
    "subsidies_noticemark": "up to where shops were told",
    "subsidies_signalsweep": "up to where claims were looked at",
    "subsidies_verification": "how many faults the proofs found",
    "subsidies_payoutstop": "a stop stops every district's payments",
    "subsidies_statementlayout": "which column of the operator's file says what",
    "subsidies_statementreading": "how many payments the operator's statement holds, by day",
    # a province's register and what its cities publish: an installation without people, claims and districts
    "subsidies_lockregister": "how far the register has come",
    "subsidies_lockcell": "the cities' codes",
    "subsidies_lockholder": "numbers of records, by city",
    "subsidies_lock": "keyed indexes of bikes, vehicles and persons",
    "subsidies_lockentry": "the register's book, by numbers of records",
    "subsidies_cell": "that this installation is a city of a province",
    "subsidies_cellsum": "sums that cities publish",
    "subsidies_cellhead": "signed heads that cities publish",
}
