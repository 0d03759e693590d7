# Functions for images from nothing: a program and the libraries that it loads, as this machine has them. Read by the scripts beside it.

# copy_file ROOT FILE: the file at the same place below ROOT, what a link leads to in the place of the link.
copy_file() {
  mkdir -p "$1$(dirname "$2")"
  cp -L "$2" "$1$2"
}

# copy_libraries ROOT PROGRAM: the loader and every library that the program is linked with.
copy_libraries() {
  local library
  while read -r library; do
    copy_file "$1" "$library"
  done < <(ldd "$2" | grep -o '/[^ ]*')
}

# library NAME: where the loader finds a library that programs open while they run.
library() {
  local path
  path=$(ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }')
  [ -n "$path" ] || { echo "$1 is not installed" >&2; return 1; }
  echo "$path"
}
