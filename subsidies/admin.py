"""The admin of the money."""

from subsidies.claims import admin as claims  # noqa: F401 - they register themselves
from subsidies.claims import summaries  # noqa: F401 - it adds claims to the pages of owners
from subsidies.closing import admin as closing  # noqa: F401
from subsidies.issues import admin as issues  # noqa: F401
from subsidies.ledger import admin as ledger  # noqa: F401
from subsidies.payouts import admin as payouts  # noqa: F401
from subsidies.reconciliation import admin as reconciliation  # noqa: F401
from subsidies.recoveries import admin as recoveries  # noqa: F401
from subsidies.schemes import admin as schemes  # noqa: F401
from subsidies.stated import admin as stated  # noqa: F401
from subsidies.supplements import admin as supplements  # noqa: F401
