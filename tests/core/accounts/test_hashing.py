"""What a hash costs, how many are made at once, and that old ones give way to new ones."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.test import Client
from django.urls import reverse

from config import settings as project
from core.accounts import hashing
from core.models import User
from tests.console import tamper
from tests.core.accounts.conftest import PASSWORD
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
_ids = count(1_000_000)


def whose(username, **how):
    """An account of that name with the password."""
    pk = next(_ids)
    return UserFactory(pk=pk, username=username, password=make_password(hashing.keyed(pk, PASSWORD), **how))


@pytest.fixture(autouse=True)
def _real_hashes(settings, tmp_path, monkeypatch):
    settings.PASSWORD_HASHERS = project.PASSWORD_HASHERS
    settings.PASSWORD_HASHINGS = 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_new_password_is_hashed_by_argon2id_with_what_asvs_asks_for():
    made = make_password(PASSWORD)
    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, made)
    assert not check_password("wrong", made)


def test_a_log_in_takes_less_than_half_of_what_djangos_own_hash_takes():
    def cost(algorithm):
        before = time.process_time()
        make_password(PASSWORD, hasher=algorithm)
        return time.process_time() - before

    assert min(cost("argon2") for _ in range(3)) < min(cost("pbkdf2_sha256") for _ in range(3)) / 2


def test_an_old_hash_is_replaced_at_the_next_log_in_and_the_password_stays():
    user = whose("old.hand", hasher="pbkdf2_sha256")
    Client().post(reverse("login"), {"username": user.username, "password": PASSWORD})
    user.refresh_from_db()
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("laid", ["a hash that he made", "the hash of an account of his own"])
def test_whoever_writes_a_hash_into_the_table_opens_no_account_by_it(laid):
    """As the owner of the tables could, who passes every guard."""
    thief = whose("thief")
    user = whose("li.na")
    assert user.check_password(PASSWORD)
    tamper(
        "UPDATE core_user SET password = %s WHERE id = %s",
        make_password(PASSWORD) if laid == "a hash that he made" else thief.password,
        user.pk,
    )
    user.refresh_from_db()
    assert not user.check_password(PASSWORD)
    assert not authenticate(username="li.na", password=PASSWORD)
    assert authenticate(username="thief", password=PASSWORD)


def test_whoever_changes_names_over_is_who_he_was():
    """The name and the hash of his own account on another's row: that row's id is what everything was decided by."""
    thief, user = whose("thief"), whose("li.na")
    tamper("UPDATE core_user SET username = 'zz' WHERE id = %s", thief.pk)
    tamper("UPDATE core_user SET username = 'thief', password = %s WHERE id = %s", thief.password, user.pk)
    assert not authenticate(username="thief", password=PASSWORD)
    assert authenticate(username="zz", password=PASSWORD) == thief


def test_a_new_account_has_its_id_before_its_password_and_a_wrong_name_takes_none():
    user = User.objects.create_user("li.na", password=PASSWORD)
    assert authenticate(username="li.na", password=PASSWORD) == user
    assert not authenticate(username="nobody.at.all", password=PASSWORD)
    assert User.objects.create_user("wang.li", password=PASSWORD).pk == user.pk + 1


def test_a_wrong_password_replaces_nothing():
    user = whose("old.hand", hasher="pbkdf2_sha256")
    old = user.password
    Client().post(reverse("login"), {"username": user.username, "password": "wrong"})
    assert User.objects.get(pk=user.pk).password == old


@pytest.mark.parametrize("places", [1, 2])
def test_no_more_are_made_at_once_than_there_are_places(settings, places):
    settings.PASSWORD_HASHINGS = places
    now, most = [], []

    def one(_number):
        with hashing.place():
            now.append(1)
            most.append(len(now))
            make_busy()
            now.pop()

    def make_busy():
        sum(range(20_000))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(20)))
    assert max(most) <= places
    assert len(most) == 20


def test_whoever_finds_no_place_is_told_to_come_again_and_nothing_is_counted(monkeypatch):
    user = whose("li.na")
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    form = {"username": user.username, "password": PASSWORD}
    held = hashing._taken()  # a process beside this one
    try:
        for _ in range(6):
            page = Client().post(reverse("login"), form).content.decode()
            assert "登录的人较多，请稍等几秒再登录一次。" in page
    finally:
        os.close(held)
    assert Client().post(reverse("login"), form).status_code == 302


def test_elsewhere_it_is_a_page_and_no_fault(monkeypatch):
    user = whose("li.na")
    client = Client()
    client.force_login(user)
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    held = hashing._taken()
    try:
        form = {"old_password": PASSWORD, "new_password1": "Gongshu-2022", "new_password2": "Gongshu-2022"}
        response = client.post(reverse("password"), form)
    finally:
        os.close(held)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_a_name_without_an_account_costs_a_hash_as_well(monkeypatch):
    made = []
    place = hashing.place
    monkeypatch.setattr(hashing, "place", lambda: made.append(1) or place())
    user = whose("li.na")
    made.clear()
    costs = []
    for name in (user.username, "nobody.at.all"):
        Client().post(reverse("login"), {"username": name, "password": "wrong"})
        costs.append(len(made))
        made.clear()
    assert costs == [1, 1]
