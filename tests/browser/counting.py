"""A clerk whose hands are watched: what is tapped, filled in, typed and photographed until a record is sent."""

from dataclasses import dataclass

from playwright.sync_api import Locator


@dataclass
class Hands:
    """`actions`: fields filled in or chosen, and taps. `typed`: characters. `shots`: photos, which are neither."""

    actions: int = 0
    typed: int = 0
    shots: int = 0

    def tap(self, what: Locator) -> None:
        self.actions += 1
        what.click()

    def type(self, field: Locator, text: str) -> None:
        self.actions += 1
        self.typed += len(text)
        field.fill(text)
        field.blur()

    def photograph(self, what: Locator, picture: dict[str, object]) -> None:
        self.shots += 1
        what.set_input_files(picture)
