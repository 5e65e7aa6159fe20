import socket

from poise.lab.ports import BLOCK, take_ports


def test_two_labs_never_share_a_block_and_a_released_block_is_free_again():
    first = take_ports(300)
    second = take_ports(300)
    assert abs(first.first - second.first) >= BLOCK
    first.release()
    third = take_ports(300)
    assert third.first == first.first
    second.release()
    third.release()


def test_a_block_with_a_listener_in_it_is_passed_over():
    block = take_ports(301)
    block.release()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", block.first + 5))
        stranger.listen()
        other = take_ports(301)
        assert other.first != block.first
        other.release()


def test_ports_are_below_the_ephemeral_range():
    block = take_ports(100_003)
    assert 10_000 <= block.first < block.first + BLOCK <= 32_060
    block.release()
