"""Everything that goes wrong on the sites: each fault by name, beside the test that tells what the crawler did about it.

The names are those of the reference on collection; a fault of `replica/faults.toml` that no crawl meets fails here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from replica.faults import table

ROOT = Path(__file__).parents[2]
CRAWLERS = ROOT / "tests" / "crawlers"
R, DISCUZ = "test_refusals.py", "forums/test_discuz_spider.py"
POSTS, TALK, TIMELINES, SEARCHES = (
    f"weibo/test_{theme}.py" for theme in ("posts", "talk", "timelines", "searches")
)

# what goes wrong -> (file below tests/crawlers, test)
SHOWN: dict[str, tuple[str, str]] = {
    "432 before a visitor is made": (R, "test_a_stale_visitor_is_renewed_once_and_the_page_comes"),
    "a visitor's page 2 is refused with -100": (TIMELINES, "test_a_visitor_sees_the_first_page"),
    "a captcha with -100 after so many requests a minute": (
        R, "test_a_captcha_for_asking_too_often_in_a_minute_ends_it_as_well",
    ),
    "a captcha": (R, "test_after_a_captcha_nothing_more_is_asked"),
    "418: too fast": (R, "test_too_fast_slows_down_and_goes_on"),
    "418 time and again": (R, "test_too_fast_time_and_again_stops"),
    "414": (R, "test_a_blocked_address_stops"),
    "403": (R, "test_a_blocked_address_stops"),
    "302 to passport or login.sina": (R, "test_a_redirect_to_a_login_is_not_followed"),
    "an expired login": (R, "test_an_expired_cookie_is_told_before_anything_is_searched"),
    "the Sina Visitor System page": (R, "test_a_visitor_that_is_refused_again_stops"),
    "sorry with retcode 6102": (SEARCHES, "test_the_sorry_page_is_named"),
    "HTML where JSON is due": (R, "test_a_broken_answer_that_stays_is_recorded"),
    "JSON cut short": (R, "test_a_broken_answer_is_asked_for_again"),
    "a damaged gzip body": (R, "test_a_packed_body_that_is_damaged_is_asked_for_again"),
    "5xx": (R, "test_a_broken_answer_is_asked_for_again"),
    "a connection that drops": (R, "test_a_lost_connection_is_told"),
    "a slow body": (R, "test_a_slow_body_is_waited_for_as_long_as_a_page_may_take"),
    "an empty list that is not the end": (R, "test_a_soft_empty_page_is_asked_once_more"),
    "page 51 is page 1": (SEARCHES, "test_page_51_is_page_1_again"),
    "only 46 of 50 page links": (SEARCHES, "test_the_vanished_next_link_ends_nothing"),
    "no next link": (SEARCHES, "test_the_vanished_next_link_ends_nothing"),
    "nothing found in the middle": (SEARCHES, "test_a_hole_in_the_middle_of_a_search_is_told"),
    "omitted results": (SEARCHES, "test_omitted_results_are_asked_for"),
    "result holes": (SEARCHES, "test_a_hole_between_two_pages_is_searched_again"),
    "duplicates over slices": (SEARCHES, "test_hits_that_lie_in_two_slices_count_once"),
    "an old pinned post first": (TIMELINES, "test_a_timeline_since_a_day"),
    "card_type as a string": (TIMELINES, "test_a_timeline_to_its_end"),
    "cards: null": (R, "test_cards_null_in_the_middle_do_not_end_a_timeline"),
    "pics as an object": (POSTS, "test_fields_written_in_other_ways_read_the_same"),
    "a root with no user": (POSTS, "test_a_dead_root_leaves_its_edges"),
    "every tombstone's text": (POSTS, "test_a_root_that_went_is_told_with_its_reason"),
    "counts capped at 1000000 and 100万+": (POSTS, "test_fields_written_in_other_ways_read_the_same"),
    "counts in 万 and 亿": (POSTS, "test_fields_written_in_other_ways_read_the_same"),
    "every form of dates, over New Year too": (TALK, "test_a_visitor_sees_some_fifty_comments"),
    "a long text on both hosts": (POSTS, "test_a_long_text_is_made_whole"),
    "a long text that fails": (POSTS, "test_a_long_text_that_cannot_be_had_leaves_the_cut_one"),
    "comments: false, and children page by page": (TALK, "test_a_post_with_all_that_hangs_on_it"),
    'max_id "0"': (POSTS, "test_fields_written_in_other_ways_read_the_same"),
    "empty data though more follows": (TALK, "test_a_hollow_page_of_comments_is_passed_over"),
    "comments by heat alone are a part": (TALK, "test_comments_that_the_order_by_heat_hides_come_by_time"),
    "closed comments": (TALK, "test_closed_comments_are_no_error"),
    "40 % of the reposts missing": (TALK, "test_missing_reposts_show_in_the_coverage"),
    "quick reposts without words": (POSTS, "test_fields_written_in_other_ways_read_the_same"),
    "chains with odd names": (TALK, "test_without_parents_the_chain_is_left_to_tell"),
    "GBK under a wrong header": (DISCUZ, "test_a_gbk_site_whose_header_lies_comes_whole_and_right"),
    "Discuz jammer text": (DISCUZ, "test_noise_is_read_away_and_hidden_floors_are_named"),
    "locked floors": (DISCUZ, "test_hidden_and_nameless_floors_of_every_version"),
    "deleted floors": (DISCUZ, "test_deleted_floors_are_missing_and_named"),
    "anonymous floors": (DISCUZ, "test_hidden_and_nameless_floors_of_every_version"),
    "Discuz 7.x and the skins of X": (DISCUZ, "test_every_version_and_skin_reads_the_same"),
    "flood control": (DISCUZ, "test_flood_control_stops_the_crawl_and_is_not_worked_around"),
    "a forum's login page": (DISCUZ, "test_a_login_page_is_named_and_never_an_empty_forum"),
    "a forum's feed closed": (DISCUZ, "test_a_forum_without_a_feed_is_read_by_its_list"),
    "Tieba's list inside a comment": ("forums/test_tieba_spider.py", "test_bars_come_whole_with_every_floor_and_reply"),
    "Tieba's torn attributes": ("forums/test_tieba_spider.py", "test_torn_attributes_lose_nothing"),
    "Tieba's security page": ("forums/test_tieba_spider.py", "test_a_security_page_ends_the_crawl_at_once"),
    "Tieba's cards of 2026": ("forums/test_tieba_spider.py", "test_the_cards_of_2026_lead_to_the_same_threads"),
    "429 with Retry-After": (R, "test_retry_after_is_honoured"),
    "Discourse's 429": ("forums/test_discourse_spider.py", "test_too_many_requests_are_waited_out_as_told"),
    "WordPress's 400 past the last page": ("forums/test_wordpress_spider.py", "test_a_page_past_the_end_is_the_end"),
    "V2EX's spent hour": ("forums/test_v2ex_spider.py", "test_the_spent_hour_is_waited_out"),
    "Douban's login": ("forums/test_douban_spider.py", "test_a_login_wall_is_named_and_never_an_empty_group"),
    "a feed with a wrong zone": (
        "forums/test_feed_spider.py", "test_beijing_time_called_gmt_is_noticed_and_read_right_when_told",
    ),
    "a feed that is not well formed": (
        "forums/test_feed_spider.py", "test_a_feed_that_is_not_well_formed_still_gives_its_articles",
    ),
    "a feed whose GUIDs change": (
        "forums/test_feed_spider.py", "test_an_article_under_a_new_guid_and_a_new_link_is_the_same_post",
    ),
    "a feed that moved": (
        "forums/test_feed_spider.py", "test_a_feed_that_moved_for_good_is_read_and_its_new_address_told",
    ),
    "a feed that ended": ("forums/test_feed_spider.py", "test_a_feed_that_ended_is_told"),
    "a feed cut off": ("forums/test_feed_spider.py", "test_a_feed_cut_off_gives_what_came_whole"),
    "HTML where a feed is due": ("forums/test_feed_spider.py", "test_html_instead_of_a_feed_is_named_and_never_no_news"),
    "304": ("test_conditional.py", "test_an_unchanged_feed_is_not_sent_again_and_not_told_as_empty"),
    "JSON behind a script's prefix": ("press/test_portal_spider.py", "test_whatever_script_stands_around_the_json_it_is_read"),
    "163 without a nickname": ("press/test_portal_spider.py", "test_a_reader_without_a_nickname_is_known_by_the_number_alone"),
    "163's chained ids": ("press/test_portal_spider.py", "test_a_chain_with_hidden_levels_names_an_ancestor_and_says_it_is_not_sure"),
    "WeChat's check of the environment": ("press/test_wechat_spider.py", "test_the_check_of_the_environment_ends_the_run"),
    "WeChat's feed without a login": ("press/test_wechat_spider.py", "test_a_service_that_lost_its_login_raises_the_alarm"),
    "robots.txt forbids": (R, "test_robots_is_obeyed_and_told"),
    "robots.txt is missing": ("test_robots.py", "test_a_missing_robots_allows_all_whatever_its_page_says"),
    "robots.txt fails with 5xx": ("test_robots.py", "test_one_that_cannot_be_had_forbids_all"),
    "Crawl-delay": ("test_robots.py", "test_crawl_delay_is_obeyed"),
    "kill -9 in the middle of a slice": ("test_resume.py", "test_a_kill_loses_nothing_and_repeats_at_most_a_page"),
    "two workers on one frontier": ("test_resume.py", "test_two_workers_share_a_crawl"),
    "a fault from one moment to another": (R, "test_a_site_that_was_down_for_an_hour_is_crawled_again_after_it"),
}  # fmt: skip


@cache
def shown_in(name: str) -> dict[str, str]:
    """The tests of a file and the source of each, decorators and the file's own tables included."""
    text = (CRAWLERS / name).read_text("utf-8")
    tree = ast.parse(text)
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("fault", SHOWN)
def test_what_the_crawler_does_about_a_fault_is_shown(fault: str) -> None:
    file, test = SHOWN[fault]
    assert test in shown_in(file), f"{fault}: {file} has no {test}; it has {', '.join(shown_in(file))}"


@pytest.mark.parametrize("name", table())
def test_a_fault_of_the_replica_is_met_by_a_crawl(name: str) -> None:
    shown = [path.name for path in CRAWLERS.rglob("test_*.py") if f'"{name}"' in path.read_text("utf-8")]
    assert shown, f"no test below tests/crawlers turns {name} on; add one that tells what the crawler did"
