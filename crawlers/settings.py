"""Scrapy's settings of the project: constants only. What is computed lives in `crawlers.addon`."""

BOT_NAME = "tingfeng"
SPIDER_MODULES = ["crawlers.sources"]
NEWSPIDER_MODULE = "crawlers.sources"
SPIDER_LOADER_WARN_ONLY = False  # a broken source fails loudly
COMMANDS_MODULE = "crawlers.commands"
ADDONS = {"crawlers.addon.TingfengAddon": 100}

# Manners. A source's own delay and concurrency come from its source.toml, by the addon.
USER_AGENT = "Tingfeng/0.1 (social listening; obeys robots.txt)"  # an operator adds a contact address
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Tingfeng"
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
COOKIES_ENABLED = True
COOKIES_DEBUG = False  # cookies never reach a log
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
RETRY_HTTP_CODES: list[int] = []  # a status is judged by block detection, once
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # its line has the address in it; the coverage says what was missed

# Nothing listens, nothing is sent along that was not asked for.
EXTENSIONS = {  # left out altogether, for what they import takes a third of a crawl's start
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
REFERER_ENABLED = False
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}

# For who writes a parser: -s HTTPCACHE_ENABLED=1 keeps public pages in .scrapy/httpcache, as they came.
HTTPCACHE_ENABLED = False
HTTPCACHE_POLICY = "crawlers.cache.PublicPages"
HTTPCACHE_STORAGE = "crawlers.cache.CookielessStorage"

# Our pipelines never wait, so a crowd of workers for each response would only cost time.
CONCURRENT_ITEMS = 1
SCRAPER_SLOT_MAX_ACTIVE_SIZE = (
    1_000_000  # bytes of answers still to be read, above which nothing more is asked for
)
WARN_ON_GENERATOR_RETURN_VALUE = False

FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawlers.logs.DiscreetLogFormatter"
LOG_VERSIONS: list[str] = []

# Ours; each may be given as an environment variable or by -s.
TINGFENG_HOME = None  # the data folder
TINGFENG_PROJECT = None  # a project file
TINGFENG_STATE = None  # the state's address where it is not in the data folder: postgresql://...
TINGFENG_RUN_ID = None  # the run's name, made from source and time where absent
TINGFENG_RUN_REPORT = None  # a file that gets the run and its coverage as one JSON line
TINGFENG_PROXY = None  # a plain HTTP forward proxy for every request
TINGFENG_ROBOTS_OVERRIDE = None  # the written reason of an operator who overrides robots.txt
TINGFENG_COOKIE_FILE = None  # a file (mode 0600) with the operator's cookie
TINGFENG_DAILY_BUDGET = None  # requests a day instead of the source's; 0 sets no limit
TINGFENG_PAUSE_S = 300.0  # rest after "too fast"
TINGFENG_MAX_WAIT_S = 600.0  # a longer Retry-After stops the source
TINGFENG_JOB = None  # the job of the schedule that this run is
TINGFENG_REVISIT = None  # anything: plan re-visits of the posts that come
TINGFENG_NOW = None  # plays a fixed clock
