"""Files that every package of nginx brings, by name, with what of them matters here.

A configuration that is read away from its server (a repository, a container's build) includes them though they are not beside it. Source:
conf/ of nginx's releases; Debian's nginx-common for proxy_params and snippets/fastcgi-php.conf.
"""

FOLDERS = ("/etc/nginx/", "/usr/local/etc/nginx/", "/usr/local/nginx/conf/", "/opt/homebrew/etc/nginx/")
TEXTS = {
    **dict.fromkeys(("mime.types", "fastcgi.conf", "fastcgi_params", "uwsgi_params", "scgi_params", "koi-utf", "koi-win", "win-utf"), ""),
    "proxy_params": (
        "proxy_set_header Host $http_host;\n"
        "proxy_set_header X-Real-IP $remote_addr;\n"
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        "proxy_set_header X-Forwarded-Proto $scheme;\n"
    ),
    "snippets/fastcgi-php.conf": "fastcgi_index index.php;\n",
}


def stock_text(pattern: str) -> str | None:
    """What stands in a package's file that an `include` names; None for any other file."""
    folder = next((each for each in FOLDERS if pattern.startswith(each)), "")
    return TEXTS.get(pattern.removeprefix(folder))


def below_the_package(pattern: str) -> str | None:
    """The part of a path behind the folder where packages put nginx's configuration; None for a path elsewhere."""
    return next((pattern.removeprefix(each) for each in FOLDERS if pattern.startswith(each)), None)
