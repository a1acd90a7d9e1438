"""The case file (卷宗) of a claim: all that bears on it, on paper, for whoever audits it years later."""
