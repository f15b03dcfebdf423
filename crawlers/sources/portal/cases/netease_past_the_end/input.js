getData(
{"code":"42212","message":"Illegal pagination parameters"});