"""The keys each kind of answer must have, with the types seen on the real sites."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

MOBILE_USER: Shape = {
    "id": int,
    "screen_name": str,
    "profile_image_url": str,
    "profile_url": str,
    "statuses_count": int,
    "verified": bool,
    "verified_type": int,
    "close_blue_v": bool,
    "description": str,
    "gender": str,
    "mbtype": int,
    "urank": int,
    "mbrank": int,
    "follow_me": bool,
    "following": bool,
    "follow_count": int,
    "followers_count": str,
    "followers_count_str": str,
    "avatar_hd": str,
    "like": bool,
    "like_me": bool,
    "badge": dict,
}
MBLOG: Shape = {
    "visible": {"type": int, "list_id": int},
    "created_at": str,
    "id": str,
    "mid": str,
    "can_edit": bool,
    "show_additional_indication": int,
    "text": str,
    "source": str,
    "favorited": bool,
    "pic_ids": list,
    "is_paid": bool,
    "mblog_vip_type": int,
    "user": MOBILE_USER,
    "reposts_count": int,
    "comments_count": int,
    "attitudes_count": int,
    "isLongText": bool,
    "mlevel": int,
    "mblogtype": int,
    "number_display_strategy": {
        "apply_scenario_flag": int,
        "display_text_min_number": int,
        "display_text": str,
    },
    "comment_manage_info": {
        "comment_permission_type": int,
        "approval_comment_type": int,
        "comment_sort_type": int,
    },
    "pic_num": int,
    "region_name": str,
    "region_opt": int,
    "edit_config": {"edited": bool},
    "bid": str,
}
REPOST: Shape = MBLOG | {"raw_text": str, "repost_type": int, "retweeted_status": MBLOG}
REPOST_OF_A_REPOST: Shape = REPOST | {"pid": int, "pidstr": str}
TIMELINE: Shape = {
    "ok": int,
    "data": {
        "cardlistInfo": {"containerid": str, "v_p": int, "show_style": int, "total": int, "since_id": int},
        "cards": [
            {"card_type": int, "profile_type_id": str, "itemid": str, "scheme": str, "mblog": dict},
        ],
        "scheme": str,
        "showAppTips": int,
    },
}
REPOSTS: Shape = {
    "ok": int,
    "msg": str,
    "data": {"data": [REPOST], "total_number": int, "hot_total_number": int, "max": int},
}
EXTEND: Shape = {
    "ok": int,
    "data": {
        "ok": int,
        "longTextContent": str,
        "reposts_count": int,
        "comments_count": int,
        "attitudes_count": int,
    },
}
COMMENT: Shape = {
    "created_at": str,
    "id": str,
    "rootid": str,
    "rootidstr": str,
    "floor_number": int,
    "text": str,
    "user": MOBILE_USER,
    "mid": str,
    "source": str,
    "like_count": int,
}
HOT_FLOW: Shape = {
    "ok": int,
    "data": {
        "data": [COMMENT | {"max_id": int, "total_number": int}],
        "total_number": int,
        "status": {"comment_manage_info": {"comment_permission_type": int, "approval_comment_type": int}},
        "max_id": int,
        "max": int,
        "max_id_type": int,
    },
}
HOT_FLOW_CHILD: Shape = {
    "ok": int,
    "data": [COMMENT],
    "rootComment": [COMMENT],
    "total_number": int,
    "max_id": int,
    "max_id_type": int,
    "max": int,
}
OLD_COMMENT: Shape = {
    "id": int,
    "created_at": str,
    "source": str,
    "user": MOBILE_USER,
    "text": str,
    "like_counts": int,
    "liked": bool,
}
HOT_SEARCH: Shape = {
    "ok": int,
    "data": {
        "realtime": [
            {
                "word": str,
                "word_scheme": str,
                "num": int,
                "raw_hot": int,
                "rank": int,
                "realpos": int,
                "onboard_time": int,
                "icon_desc": str,
                "label_name": str,
                "note": str,
                "category": str,
                "star_name": list,
            }
        ],
        "hotgov": {"word": str, "icon_desc": str},
    },
}
DESKTOP_STATUS: Shape = {
    "created_at": str,
    "id": int,
    "idstr": str,
    "mid": str,
    "mblogid": str,
    "user": {"id": int, "idstr": str, "screen_name": str, "verified": bool, "verified_type": int},
    "text_raw": str,
    "text": str,
    "textLength": int,
    "source": str,
    "pic_ids": list,
    "geo": type(None),
    "pic_num": int,
    "number_display_strategy": dict,
    "reposts_count": int,
    "comments_count": int,
    "attitudes_count": int,
    "isLongText": bool,
    "is_show_bulletin": int,
    "mblogtype": int,
}
TOPIC_LIST: Shape = {
    "users": [{"id": int, "username": str, "avatar_template": str}],
    "topic_list": {
        "can_create_topic": bool,
        "per_page": int,
        "topics": [
            {
                "id": int,
                "title": str,
                "fancy_title": str,
                "slug": str,
                "posts_count": int,
                "reply_count": int,
                "highest_post_number": int,
                "created_at": str,
                "last_posted_at": str,
                "bumped": bool,
                "bumped_at": str,
                "pinned": bool,
                "visible": bool,
                "closed": bool,
                "archived": bool,
                "views": int,
                "like_count": int,
                "archetype": str,
                "last_poster_username": str,
                "category_id": int,
                "posters": [{"description": str, "user_id": int}],
            }
        ],
    },
}
DISCOURSE_POST: Shape = {
    "id": int,
    "name": str,
    "username": str,
    "created_at": str,
    "cooked": str,
    "post_number": int,
    "post_type": int,
    "updated_at": str,
    "reply_count": int,
    "quote_count": int,
    "reads": int,
    "topic_id": int,
    "topic_slug": str,
    "actions_summary": list,
    "user_id": int,
    "hidden": bool,
    "user_deleted": bool,
    "trust_level": int,
}
TOPIC: Shape = {
    "post_stream": {"posts": [DISCOURSE_POST], "stream": [int]},
    "id": int,
    "title": str,
    "posts_count": int,
    "created_at": str,
    "views": int,
    "reply_count": int,
    "like_count": int,
    "highest_post_number": int,
    "chunk_size": int,
    "category_id": int,
    "details": dict,
}


def differences(shape: Any, value: Any, path: str = "") -> list[str]:
    """Where `value` lacks a key of `shape` or has another type; empty when it fits."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: {type(value).__name__} instead of an object"]
        found = []
        for key, inner in shape.items():
            if key not in value:
                found.append(f"{path}.{key}: not there")
            else:
                found += differences(inner, value[key], f"{path}.{key}")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return [f"{path}: no list with something in it"]
        return [line for n, row in enumerate(value) for line in differences(shape[0], row, f"{path}[{n}]")]
    return [] if type(value) is shape else [f"{path}: {type(value).__name__} instead of {shape.__name__}"]
