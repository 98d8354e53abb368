# A repository whose versions ./dev is asked for.
versions=$DEV/versions
mkdir -p "$versions/process"
printf '<project>\n  <version>0.3.0</version>\n</project>\n' >"$versions/pom.xml"
# asked: the version there
asked() { (cd "$versions" && unset MVM_VERSION && GIT_CEILING_DIRECTORIES=$DEV version); }
committed() {
    git -C "$versions" add -A
    git -C "$versions" -c user.name=a -c user.email=a@example.org commit -q -m "$1"
}

equal "without git it is the poms'" 0.3.0 "$(asked)"
git -C "$versions" init -q
committed first
matches "without a tag it counts the commits and names the last" '^0\.3\.0\+1\.g[0-9a-f]{7}$' "$(asked)"
git -C "$versions" tag v1.2.3
git -C "$versions" tag other-9
equal "at a tag it is the tag's" 1.2.3 "$(asked)"
echo change >"$versions/process/file"
equal "a changed file is told" 1.2.3+dirty "$(asked)"
committed second
matches "after a tag it counts on" '^1\.2\.3\+1\.g[0-9a-f]{7}$' "$(asked)"
echo change >>"$versions/process/file"
matches "a changed file is told there, too" '^1\.2\.3\+1\.g[0-9a-f]{7}\.dirty$' "$(asked)"
equal "MVM_VERSION overrides all" 7 "$(cd "$versions" && MVM_VERSION=7 version)"
