"""The circuit breaker, with a clock that the test sets."""

from cds_service.fhir_client.breaker import FAULTS, MOST_SERVERS, OPEN_SECONDS, Breaker

EHR = "https://ehr.example:443"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAULTS):
        assert breaker.admits(EHR)
        breaker.failed(EHR)
    return breaker, clock


def test_row_79_five_faults_in_a_row_close_the_way_for_thirty_seconds() -> None:
    breaker, clock = opened()

    assert (FAULTS, OPEN_SECONDS) == (5, 30)
    assert not breaker.admits(EHR)
    clock.now += 29.9
    assert not breaker.admits(EHR)


def test_another_server_is_not_concerned() -> None:
    breaker, _ = opened()

    assert breaker.admits("https://other.example:443")


def test_a_success_between_counts_from_the_start() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAULTS - 1):
        breaker.failed(EHR)
    breaker.succeeded(EHR)
    breaker.failed(EHR)

    assert breaker.admits(EHR)


def test_after_the_pause_one_call_tries_and_the_others_wait() -> None:
    breaker, clock = opened()
    clock.now += OPEN_SECONDS

    assert breaker.admits(EHR)
    assert not breaker.admits(EHR)
    breaker.failed(EHR)
    assert not breaker.admits(EHR)


def test_a_try_that_succeeds_opens_the_way() -> None:
    breaker, clock = opened()
    clock.now += OPEN_SECONDS
    assert breaker.admits(EHR)
    breaker.succeeded(EHR)

    assert breaker.admits(EHR)
    assert breaker.admits(EHR)


def test_row_79_retry_after_is_taken_at_its_word_within_reason() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(EHR, retry_after=100_000)

    assert not breaker.admits(EHR)
    clock.now += 301
    assert breaker.admits(EHR)


def test_it_remembers_a_bounded_number_of_servers() -> None:
    breaker = Breaker(Clock())
    for number in range(2 * MOST_SERVERS + 1):
        breaker.failed(f"https://ehr-{number}.example:443", retry_after=60)

    assert not breaker.admits(f"https://ehr-{2 * MOST_SERVERS}.example:443")
    assert breaker.admits("https://ehr-0.example:443")
