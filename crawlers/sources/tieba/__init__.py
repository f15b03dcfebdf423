"""Baidu Tieba: the threads of a bar, their floors and the replies below the floors."""
