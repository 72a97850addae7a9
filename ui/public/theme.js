// Sets the theme before the first paint. A file of its own, because the content policy forbids inline scripts.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem("tracemark.theme");
  } catch {
    // Storage may be closed; the system's colours are a good answer then.
  }
  var dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
