# Where this machine's apt gets Debian's packages, so that another machine can be made of them.

# The archives of Debian 13 that this machine's apt knows, in the old format. Other repositories are left out.
debian_sources() {
    # shellcheck disable=SC2016 # apt-get fills these in
    apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(SIGNED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
        'Created-By: Packages' |
        awk -F '|' '$1 == "Debian" && $2 ~ /^trixie/ {
            print "deb " ($3 != "" && $3 !~ /\$/ ? "[signed-by=" $3 "] " : "") $4 " " $5 " " $6}' | sort -u
}

# How apt reaches them: proxies, time-outs, credentials.
apt_acquire() { apt-config dump --format '%F "%v";%n' Acquire; }
