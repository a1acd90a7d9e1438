"""The systems outside: e行在线 and 云申领 behind one small interface, their transport, and their stub.

Read in this order: `answers` (what comes back), `registers` (how a plate is asked about), `exing` and
`yunshenling` (what is particular to each), `transport` with `breaker` and `ratelimit` (how a request
travels), `ask` (the door for synchronous callers), `stub/server` (the contract, on one screen).
"""
