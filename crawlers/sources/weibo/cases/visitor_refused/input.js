window.visitor_gray_callback && visitor_gray_callback({"retcode":50114001,"msg":"no","data":[]});
