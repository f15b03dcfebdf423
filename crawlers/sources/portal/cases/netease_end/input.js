getData(
{"commentIds":[],"comments":{},"newListSize":42});