import amount
import pytest
from worker import Worker


@pytest.fixture(scope="session", autouse=True)
def counts():
    yield
    amount.tell()


@pytest.fixture(scope="module")
def worker():
    with Worker() as working:
        yield working
