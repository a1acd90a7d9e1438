"""A scheme's terms stay as they are while somebody goes by them: many may read at once, whoever changes them waits."""

from core.locks import hold
from subsidies.models import Scheme

_TERMS = "subsidies_policyversion"


def hold_terms(scheme: Scheme) -> None:
    """Until this transaction ends, nobody changes the scheme's stages and policy. Waits for nobody but such a change."""
    hold(_TERMS, scheme.pk, shared=True)


def take_terms(scheme: Scheme) -> None:
    """Wait until nobody goes by the scheme's terms any more: they are about to be others. Before the scheme is locked."""
    hold(_TERMS, scheme.pk)
