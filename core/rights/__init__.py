"""Who gives whom a right: one administrator proposes, another confirms, the person hears of it, and money waits a day."""
